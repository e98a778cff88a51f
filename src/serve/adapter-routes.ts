// vLLM's two routes for adapters at run time, with its bodies, statuses and texts of success. Without a folder of adapters they say what to
// start the server with. Leaves out: the adapters (adapters.ts).
import type { Hono } from 'hono';
import { z } from 'zod';
import type { Adapters } from './adapters.ts';
import { readBody } from './body.ts';
import { ApiError, badRequest } from './errors.ts';
import { requireJson } from './http.ts';
import { conform, parseObject } from './protocol/json.ts';

const name = z.string().min(1).max(200);
const loadSchema = z.looseObject({
  lora_name: name,
  lora_path: z.string().min(1),
  load_inplace: z.boolean().default(false),
});
const unloadSchema = z.looseObject({ lora_name: name });

/** A body is a name and a path. */
const MOST_BYTES = 64 * 2 ** 10;

function requireAdapters(adapters: Adapters | undefined): Adapters {
  if (adapters) return adapters;
  throw new ApiError('this server loads no adapters', {
    status: 404,
    code: 'adapters-off',
    fix: 'the operator can start it with --adapters FOLDER',
  });
}

export function addAdapterRoutes(app: Hono, adapters: Adapters | undefined): void {
  const body = async <S extends z.ZodType>(request: Request, schema: S): Promise<z.output<S>> =>
    conform(schema, parseObject(await readBody(request, MOST_BYTES), badRequest), badRequest);
  app.post('/v1/load_lora_adapter', requireJson, async (c) => {
    const held = requireAdapters(adapters);
    const { lora_name, lora_path, load_inplace } = await body(c.req.raw, loadSchema);
    await held.load({ name: lora_name, path: lora_path, inPlace: load_inplace });
    return c.text(`Success: LoRA adapter '${lora_name}' added successfully.`);
  });
  app.post('/v1/unload_lora_adapter', requireJson, async (c) => {
    const held = requireAdapters(adapters);
    const { lora_name } = await body(c.req.raw, unloadSchema);
    await held.unload(lora_name);
    return c.text(`Success: LoRA adapter '${lora_name}' removed successfully.`);
  });
}
