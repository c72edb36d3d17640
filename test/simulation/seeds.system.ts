/** The session under virtual time, with as many seeds as every change is held to. */
import test from 'node:test';
import { worldsHold } from './worlds.js';

const seeds = 200;

test(`${seeds} worlds of an hour each lose, double and over-run nothing`, (t) => worldsHold(t, seeds));
