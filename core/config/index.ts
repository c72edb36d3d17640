/** Where the installation is and what its files say. */
export * from './document.js';
export * from './home.js';
export * from './settings.js';
