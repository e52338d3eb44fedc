/** When this bundle began to load. Imported first, so that what the editor waits for is measured whole. */

export const BEGAN = performance.now();
