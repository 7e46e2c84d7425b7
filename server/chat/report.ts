/** What the chat tells its operator: one line an event. The texts of messages are never among it. */

export type Tag =
  | "STARTING"
  | "LISTENING"
  | "CERTIFICATE"
  | "CLIENT CONNECTED"
  | "OPTION SELECTED"
  | "MEMBER REQUEST"
  | "NEW MEMBER"
  | "NEW CHAT"
  | "LEFT"
  | "FILE"
  | "WRONG PASSWORD"
  | "LIMITED"
  | "ENDING"
  | "ERROR";

export type Report = (tag: Tag, text: string) => void;
