/** Where the installation is and what its files say. */
export * from './document.js';
export { editToml, type TomlValue } from './edit.js';
export { editYaml } from './edit-yaml.js';
export * from './home.js';
export * from './settings.js';
