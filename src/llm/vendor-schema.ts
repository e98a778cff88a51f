// The JSON Schema of a reply as vendors' schema modes take it: shape only. Bounds and patterns are refused there (OpenAI: "minLength is not
// permitted", a 400 for every request), and are checked here anyway when the reply comes.

const bounds = new Set([
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'uniqueItems',
  'default',
]);

type Json = Record<string, unknown>;

/** The schema without bounds, at every depth; properties keep their names, whatever these are. */
export function vendorSchema(schema: Readonly<Json>): Json {
  const entries = Object.entries(schema).filter(([key]) => !bounds.has(key));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, key === 'properties' ? named(value as Json) : inner(value)]),
  );
}

const named = (properties: Json): Json =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, inner(value)]));

function inner(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inner);
  return typeof value === 'object' && value !== null ? vendorSchema(value as Json) : value;
}
