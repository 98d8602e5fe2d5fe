/** The page's own words, by language. Invariant: the type requires every word in every language. */
import { wordsEn, type PageWords } from './page-words-en.ts';
import { wordsJa } from './page-words-ja.ts';

export type { PageWords } from './page-words-en.ts';

export type PageLanguage = 'en' | 'ja';

export const pageWords: Record<PageLanguage, PageWords> = { en: wordsEn, ja: wordsJa };
