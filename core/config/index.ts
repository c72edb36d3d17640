/** Where the installation is and what its files say. */
export * from './document.js';
export { editDocument, type SettingValue } from './edit.js';
export * from './home.js';
export { replaceStrings, type StringChange } from './replace-string.js';
export * from './settings.js';
