// Numbers of a plan as people read them: two or three significant digits, since the model knows no more.

const digits = (value: number, count: number): string => {
  if (value === 0) return '0';
  const size = Math.max(0, count - 1 - Math.floor(Math.log10(Math.abs(value))));
  const rounded = Number(value.toPrecision(count));
  return rounded.toLocaleString('en-US', { minimumFractionDigits: 0, maximumFractionDigits: size });
};

/** "0.87 h", "22 h", "41 days", "12 years". */
export function hoursText(hours: number): string {
  if (hours < 1 / 60 && hours > 0) return `${digits(hours * 3600, 2)} s`;
  if (hours < 0.5) return `${digits(hours * 60, 2)} min`;
  if (hours < 72) return `${digits(hours, 2)} h`;
  const days = hours / 24;
  return days < 730 ? `${digits(days, 2)} days` : `${digits(days / 365.25, 2)} years`;
}

export const secondsText = (seconds: number): string =>
  seconds === 0 ? '0' : seconds < 0.01 ? '< 0.01' : digits(seconds, seconds < 1 ? 2 : 3);

const units = [
  ['TB', 1e12],
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
] as const;

export function bytesText(bytes: number): string {
  const [unit, size] = units.find(([, scale]) => bytes >= scale) ?? ['B', 1];
  return `${digits(bytes / size, 2)} ${unit}`;
}

export const dollarsText = (dollars: number): string => `$${digits(dollars, 2)}`;

/** "1,120", "310,000"; fractions to three digits. */
export const numberText = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : digits(value, 3);

/** "-75%", "+33%". */
export const errorText = (ratio: number): string => {
  const percent = Math.round(100 * (ratio - 1));
  return percent === 0 ? 'within' : `${percent > 0 ? '+' : ''}${percent}%`;
};
