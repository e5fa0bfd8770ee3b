// Runes everywhere; styles leave in files of their own, so that the content security policy needs no exception.
export default {
  compilerOptions: { runes: true },
};
