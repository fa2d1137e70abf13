#include "texts.hpp"

#include <array>

#include "gatehouse/base/utf8.hpp"

namespace gatehouse::channels::line {
namespace {

using Texts = std::array<std::string_view, static_cast<std::size_t>(Text::kCount)>;

// In the order of Text.
constexpr Texts kEnglish = {
    "Those were many messages in a short time. Please wait a minute; I read the next one then.",
    "I have no answer to that.",
    "I can't answer right now. Please ask again in a moment.",
    "Nice one! Ask me something in words and I'll answer.",
    "I see a place on the map, but not its name. What would you like to know about it?",
    "I can't look at pictures here. Please tell me in words what it is about.",
    "I can't read files here. Please paste the text that it is about.",
    "I can't listen to voice messages here. Please write it to me.",
    "I can't watch videos here. Please tell me in words what it is about.",
    "Hello! I answer here when you mention me by my name.",
    "I'm still working on your answer. Tap below in a little while to see it.",
    "Show answer",
    "It isn't ready yet. Please tap again in a little while.",
    "That answer is no longer kept. Please ask again.",
    "\n\n(The answer was longer than can be shown here.)",
};
constexpr Texts kJapanese = {
    "短い時間に多くのメッセージが届きました。1分ほど待ってから、もう一度お送りください。",
    "申し訳ありませんが、お答えできません。",
    "ただいまお答えできません。しばらくしてからもう一度お試しください。",
    "スタンプをありがとうございます。ご質問は文字でお送りください。",
    "位置情報を受け取りましたが、名前がわかりません。何をお知りになりたいですか？",
    "ここでは画像を見ることができません。内容を文字でお送りください。",
    "ここではファイルを読むことができません。本文を貼り付けてお送りください。",
    "ここでは音声を聞くことができません。文字でお送りください。",
    "ここでは動画を見ることができません。内容を文字でお送りください。",
    "こんにちは！名前でメンションしていただければ、お答えします。",
    "回答を作成しています。少し待ってから、下のボタンを押してください。",
    "回答を見る",
    "まだ準備中です。少し待ってから、もう一度押してください。",
    "この回答は保存期間が過ぎました。もう一度ご質問ください。",
    "\n\n（回答が長いため、続きは省略しました。）",
};

constexpr bool is_kana(char32_t code) { return code >= 0x3041 && code <= 0x30FF; }

}  // namespace

std::string_view text_of(Text text, std::string_view language) {
  const auto& texts = language.starts_with("ja") ? kJapanese : kEnglish;
  return texts[static_cast<std::size_t>(text)];
}

std::string_view language_of(std::string_view said) {
  for (std::size_t at = 0; at < said.size();) {
    if (is_kana(next_code_point(said, at))) return "ja";
  }
  return {};
}

}  // namespace gatehouse::channels::line
