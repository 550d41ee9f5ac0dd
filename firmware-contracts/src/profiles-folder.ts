/** One file a model: `<id>.yaml`. Adding a meter is adding a file. */
export const PROFILES_FOLDER = new URL('../profiles/', import.meta.url);
