#include "gatehouse/store/sqlite/message_texts.hpp"

#include "gatehouse/base/text.hpp"

namespace gatehouse::store::sqlite {
namespace {

std::string context_of(const ConversationName& conversation) {
  return conversation.site + "/" + conversation.id;
}

std::string context_of(const ConversationName& conversation, const std::string& message_id) {
  return context_of(conversation) + "/" + message_id;
}

// The length of the text, a colon, the text and its citations.
std::string joined(const KeptText& plain) {
  return std::to_string(plain.text.size()) + ":" + plain.text + plain.citations;
}

std::optional<KeptText> parted(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto size = parse_u64(text.substr(0, colon));
  text.remove_prefix(colon + 1);
  if (!size || *size > text.size()) return std::nullopt;
  return KeptText{.text = std::string(text.substr(0, *size)),
                  .citations = std::string(text.substr(*size))};
}

}  // namespace

KeptText MessageTexts::sealed_as(std::string_view text, const std::string& context) const {
  return {.text = {}, .citations = {}, .sealed = sealer_->seal(text, context, *random_)};
}

KeptText MessageTexts::keep(KeptText plain, const ConversationName& conversation,
                            const std::string& message_id) const {
  const bool is_empty = plain.text.empty() && plain.citations.empty();
  if (!seals_ || is_empty) return plain;
  return sealed_as(joined(plain), context_of(conversation, message_id));
}

Result<KeptText> MessageTexts::open(KeptText kept, const ConversationName& conversation,
                                    const std::string& message_id) const {
  if (!kept.sealed) return kept;
  if (sealer_) {
    const auto text = sealer_->open(*kept.sealed, context_of(conversation, message_id));
    auto plain = text ? parted(*text) : std::nullopt;
    if (plain) return std::move(*plain);
  }
  return fail(ErrorCode::kUnavailable, "The text of a message can't be read at the moment.",
              "store: the text of message " + message_id +
                  " can't be opened: put back the file of store.key_file that sealed it");
}

KeptText MessageTexts::keep_title(std::string title, const ConversationName& conversation) const {
  if (!seals_ || title.empty()) return {.text = std::move(title)};
  return sealed_as(title, context_of(conversation));
}

std::string MessageTexts::open_title(const KeptText& kept,
                                     const ConversationName& conversation) const {
  if (!kept.sealed) return kept.text;
  if (!sealer_) return {};
  return sealer_->open(*kept.sealed, context_of(conversation)).value_or(std::string());
}

bool MessageTexts::is_outdated(const KeptText& kept) const {
  if (kept.sealed) return !seals_ || !sealer_ || sealer_->is_outdated(*kept.sealed);
  return seals_ && !(kept.text.empty() && kept.citations.empty());
}

}  // namespace gatehouse::store::sqlite
