/** The version of the program, as `--version`, the greeting and the journal say it. tests hold deno.json to it. */
export const VERSION = "0.1.0";
