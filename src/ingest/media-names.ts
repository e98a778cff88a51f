// What a media file is by its name, where nothing else says: a picture by the usual endings, else a video.
import { extname } from 'node:path';

const PICTURES = new Set(['.png', '.jpg', '.jpeg', '.webp', '.bmp', '.gif', '.tif', '.tiff', '.avif']);

export const isPictureName = (path: string): boolean => PICTURES.has(extname(path).toLowerCase());
