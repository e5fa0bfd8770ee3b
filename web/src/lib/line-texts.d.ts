// A selection of the texts, made by `line.ts`.
declare module "*.json?line" {
  const texts: Record<string, string>;
  export default texts;
}
