// Whether a text declines to answer instead of reasoning. First person only: that a man in the video is unable to open a door is no refusal,
// and what is quoted is not said. English and Chinese, the languages of the models that are asked.
import { withoutQuotations } from './words.ts';

const cannot = "I (?:can(?:not|['’]t)|am (?:unable|not able) to|['’]m (?:unable|not able) to|will not|won['’]t)";
const media =
  '(?:the |this |that |any |your |these )?(?:actual )?(?:videos?|images?|pictures?|clips?|attachments?|files?)';

const refusals: readonly RegExp[] = [
  /\bI(?:['’]m| am) (?:sorry|afraid)[,.]? (?:but )?(?:that )?I(?:['’]m| am)? (?:can(?:not|['’]t)|unable|not able|not allowed)/i,
  new RegExp(`\\b${cannot} (?:help|assist|comply|fulfil|engage)\\b(?! (?:but|noticing|thinking))`, 'i'),
  new RegExp(`\\b${cannot} (?:provide|give|offer) (?:you )?(?:an?|the|any) (?:answer|assistance|help|response)`, 'i'),
  // 'I cannot see the video clearly' looks on; 'I cannot see the video' does not look at all.
  new RegExp(`\\b${cannot} (?:view|watch|see|access|open|process) ${media}\\b(?! (?:clearly|well|of|on|in|that))`, 'i'),
  /\bas an? (?:AI\b|artificial intelligence|(?:large |text-based )?language model)/i,
  /\bI must (?:respectfully )?(?:decline|refuse)\b/i,
  /(?:抱歉|对不起|很遗憾)[，,。]?\s*我?(?:无法|不能)/,
  /我(?:无法|不能)(?:帮助|协助|回答|提供|查看|观看|访问)/,
];

export const isRefusal = (text: string): boolean => {
  const said = withoutQuotations(text);
  return refusals.some((pattern) => pattern.test(said));
};
