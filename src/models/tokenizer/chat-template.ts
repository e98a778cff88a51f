// The chat template of Qwen2.5-VL and its rendering. The template is a protocol: the model was trained on exactly these bytes.
// Leaves out: the wording of prompts (prompt/), token ids (load.ts).
import { Template } from '@huggingface/jinja';
import { VideorftError } from '../../base/errors.ts';
import type { Message } from '../../prompt/messages.ts';

/** Quoted from chat_template.json of Qwen/Qwen2.5-VL-7B-Instruct (Apache-2.0); the same in every size. */
export const QWEN_CHAT_TEMPLATE =
  "{% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %}{% for message in messages %}{% if loop.first and message['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n{% else %}{% for content in message['content'] %}{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}{% set image_count.value = image_count.value + 1 %}{% if add_vision_id %}Picture {{ image_count.value }}: {% endif %}<|vision_start|><|image_pad|><|vision_end|>{% elif content['type'] == 'video' or 'video' in content %}{% set video_count.value = video_count.value + 1 %}{% if add_vision_id %}Video {{ video_count.value }}: {% endif %}<|vision_start|><|video_pad|><|vision_end|>{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

export interface ChatOptions {
  /** End with the header of the assistant's turn, for the model to go on. Default true. */
  readonly addGenerationPrompt?: boolean;
  /** Number pictures and videos in the text. Default false. */
  readonly addVisionId?: boolean;
}

const compiled = new Map<string, Template>();

/**
 * Messages → the text that the model reads, one placeholder per image or video.
 * @throws VideorftError 'chat-template' when the template cannot be parsed or refuses the messages.
 */
export function renderChat(template: string, messages: readonly Message[], options: ChatOptions = {}): string {
  try {
    const known = compiled.get(template) ?? new Template(template);
    compiled.set(template, known);
    return known.render({
      messages: messages.map(({ role, content }) => ({ role, content })),
      add_generation_prompt: options.addGenerationPrompt ?? true,
      add_vision_id: options.addVisionId ?? false,
    });
  } catch (cause) {
    throw new VideorftError('the chat template does not render these messages', {
      code: 'chat-template',
      facts: { roles: messages.map((m) => m.role).join(',') },
      fix: 'check chat_template in tokenizer_config.json',
      cause,
    });
  }
}
