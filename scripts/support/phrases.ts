/** What people say in a chat, for rooms that are to be as full as a real one. */

/** None of them holds a Greek letter, so that what is typed meanwhile can be told from all that is said. */
export const PHRASES = {
  english: [
    "has anybody seen the new build, mine is from yesterday evening",
    "I am on the train and the network comes and goes",
    "could you look at my branch before lunch, it is a small one",
    "the tests are green here but the server still says no :(",
    "see https://example.org/issues/4711 for what it was last time",
    "that was it! thank you, I would never have found that by myself",
    "are we meeting at ten or at half past, the calendar says both",
    "please do not merge it yet, the second half is not pushed",
  ],
  world: [
    "早上好！昨天晚上的版本已经发布了吗？我这里还是旧的",
    "次の電車で行きます。会議室は三階でしたよね、資料は共有フォルダーにあります",
    "안녕하세요, 오늘 회의는 열 시에 시작합니다. 모두 올 수 있나요?",
    "בוקר טוב! מי בא איתנו לשוק בשבת? אני מביאה חומוס ופיתות",
    "صباح الخير، هل انتهت الاختبارات؟ أحتاج النتيجة قبل الظهر",
    "доброе утро! кто видел вчерашнюю сборку, она не запускается",
    "नमस्ते, क्या आप सब ठीक हैं? बैठक कल सुबह होगी",
    "¡qué bien! 🎉🎉 nos vemos a las diez 👨‍👩‍👧 en la fuente ❤️ 👍🏽",
  ],
} as const;

export type Language = keyof typeof PHRASES;

/** Text `n` of those that are made of `phrases`: 30 to 100 characters, and no two are the same. */
export function textOf(phrases: readonly string[], n: number): string {
  const [one = "", other = ""] = [phrases[n % phrases.length], phrases[(n * 5 + 3) % phrases.length]];
  return `${one} ${n} ${[...other].slice(0, n % 32).join("")}`.trim();
}
