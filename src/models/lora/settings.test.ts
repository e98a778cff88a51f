// Which layers an adapter gets, and how PEFT is told.
import { describe, expect, test } from 'vitest';
import { parseModelConfig } from '../qwen2_5_vl/config.ts';
import { weightShapes } from '../qwen2_5_vl/graphs.ts';
import { moduleNames, towers } from '../qwen2_5_vl/names.ts';
import { chooseModules, linearModules, loraSchema, targetModules } from './settings.ts';

const shapes = weightShapes(
  parseModelConfig({
    model_type: 'qwen2_5_vl',
    vocab_size: 16,
    hidden_size: 16,
    intermediate_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    rope_scaling: { type: 'mrope', mrope_section: [2, 1, 1] },
    tie_word_embeddings: false,
    vision_config: {
      depth: 1,
      hidden_size: 8,
      num_heads: 2,
      intermediate_size: 8,
      out_hidden_size: 16,
      fullatt_block_indexes: [0],
    },
    ...{
      image_token_id: 1,
      video_token_id: 2,
      vision_start_token_id: 3,
      vision_end_token_id: 4,
      bos_token_id: 5,
      eos_token_id: 6,
    },
  }),
);
const settings = (more: object) => loraSchema.parse({ rank: 4, ...more });
const chosen = (more: object) => [...chooseModules(shapes, settings(more), towers).keys()];
/** The modules that PEFT would adapt: an expression must match the whole name, an element its end. */
function metByPeft(targets: string | string[], name: (module: string) => string): string[] {
  const meets = (m: string) =>
    typeof targets === 'string'
      ? new RegExp(`^(?:${targets})$`).test(m)
      : targets.some((t) => m === t || m.endsWith(`.${t}`));
  return linearModules(shapes).filter((m) => meets(name(m)));
}

test('by default the seven of each language layer, scaled by α/r', () => {
  const modules = chooseModules(shapes, settings({ alpha: 8 }), towers);
  expect(modules.size).toBe(14);
  expect([...modules.keys()].every((m) => m.startsWith('model.layers.'))).toBe(true);
  expect(modules.get('model.layers.1.mlp.down_proj')).toEqual({ rank: 4, scale: 2 });
  expect(
    chooseModules(shapes, settings({ alpha: 8, rslora: true }), towers).get('model.layers.1.mlp.down_proj')?.scale,
  ).toBe(4);
});

test('all-linear is every linear layer but the head; the patch embedding and tables are none', () => {
  const all = chosen({ targets: ['all-linear'], towers: ['language', 'vision'] });
  expect(all).toHaveLength(14 + 5 + 2);
  expect(all).not.toContain('lm_head');
  expect(linearModules(shapes)).toContain('lm_head');
  expect(all).toContain('visual.merger.mlp.2');
});

test('a misspelt target is refused with a suggestion; one of the other tower names this one', () => {
  expect(() => chosen({ targets: ['q_porj'] })).toThrow(/no linear layer of the language tower is called q_porj/);
  try {
    chosen({ targets: ['q_porj'] });
  } catch (error) {
    expect((error as { fix: string }).fix).toMatch(/q_proj/i);
  }
  expect(() => chosen({ targets: ['qkv'] })).toThrow(/qkv/);
});

describe('target_modules means the same layers to PEFT, under the names of both generations', () => {
  test.each([
    [{}, 'string'],
    [{ targets: ['q_proj'] }, 'object'],
    [{ targets: ['mlp.gate_proj'], towers: ['vision'] }, 'string'],
    [{ targets: ['gate_proj', 'qkv'], towers: ['vision', 'language'] }, 'object'],
    [{ targets: ['all-linear'] }, 'string'],
    [{ targets: ['all-linear'], towers: ['vision'] }, 'string'],
    [{ targets: ['all-linear'], towers: ['vision', 'language'] }, 'object'],
  ])('%o', (more, kind) => {
    const targets = targetModules(shapes, settings(more), towers);
    expect(typeof targets).toBe(kind);
    expect(metByPeft(targets, moduleNames.current)).toEqual(chosen(more));
    expect(metByPeft(targets, (m) => m)).toEqual(chosen(more));
  });
});
