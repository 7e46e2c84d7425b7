/** Which keys do what to the text that is being typed: those of Emacs, readline, and most other editors. Pure. */

import type { Editor } from "./editor.ts";
import type { Key } from "./keys.ts";

type Press = Key & { readonly is: "press" };

/** Does to `editor` what the key is for, if anything. */
export function edit(editor: Editor, press: Press): void {
  actionOf(press)?.(editor);
}

type Action = (editor: Editor) => void;

function actionOf(press: Press): Action | null {
  if (press.ctrl && !press.alt) return WITH_CTRL[press.name] ?? null;
  if (press.alt && !press.ctrl) return WITH_ALT[press.name] ?? null;
  return press.ctrl ? null : ALONE[press.name] ?? null;
}

type Actions = { readonly [name in Press["name"]]?: Action };

const WORD_LEFT: Action = (editor) => editor.wordLeft();
const WORD_RIGHT: Action = (editor) => editor.wordRight();
const DELETE_WORD_LEFT: Action = (editor) => editor.deleteWordLeft();
const DELETE_WORD_RIGHT: Action = (editor) => editor.deleteWordRight();

const ALONE: Actions = {
  left: (editor) => editor.left(),
  right: (editor) => editor.right(),
  home: (editor) => editor.home(),
  end: (editor) => editor.end(),
  backspace: (editor) => editor.backspace(),
  delete: (editor) => editor.delete(),
};

const WITH_CTRL: Actions = {
  a: (editor) => editor.home(),
  e: (editor) => editor.end(),
  b: (editor) => editor.left(),
  f: (editor) => editor.right(),
  d: (editor) => editor.delete(),
  k: (editor) => editor.killToEnd(),
  u: (editor) => editor.killToStart(),
  w: DELETE_WORD_LEFT,
  y: (editor) => editor.yank(),
  left: WORD_LEFT,
  right: WORD_RIGHT,
  backspace: DELETE_WORD_LEFT,
  delete: DELETE_WORD_RIGHT,
};

const WITH_ALT: Actions = {
  b: WORD_LEFT,
  f: WORD_RIGHT,
  d: DELETE_WORD_RIGHT,
  left: WORD_LEFT,
  right: WORD_RIGHT,
  backspace: DELETE_WORD_LEFT,
};
