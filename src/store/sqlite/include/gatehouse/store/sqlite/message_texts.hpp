// Texts of messages as the store keeps them: as they are, or sealed.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "gatehouse/base/error.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/crypto/sealer.hpp"

namespace gatehouse::store::sqlite {

struct ConversationName {
  std::string site;
  std::string id;
};

// What stands in a row: the text itself, or sealed, and then the others are empty.
struct KeptText {
  std::string text;
  std::string citations = {};  // JSON; empty: none
  std::optional<std::string> sealed = {};
};

// Seals what is kept from now on, where that is wanted; opens both. Sealed texts belong to their
// message and can't be put in another's place. Safe from any thread; `random` outlives it.
class MessageTexts {
 public:
  MessageTexts() = default;
  MessageTexts(crypto::Sealer sealer, bool seals, Random& random)
      : sealer_(std::move(sealer)), seals_(seals), random_(&random) {}

  KeptText keep(KeptText plain, const ConversationName& conversation,
                const std::string& message_id) const;
  // kUnavailable when it is sealed with keys that aren't here.
  Result<KeptText> open(KeptText kept, const ConversationName& conversation,
                        const std::string& message_id) const;
  KeptText keep_title(std::string title, const ConversationName& conversation) const;
  // Empty when it can't be opened: a list shows the others.
  std::string open_title(const KeptText& kept, const ConversationName& conversation) const;
  // Whether it is kept in another way than it would be now.
  bool is_outdated(const KeptText& kept) const;

 private:
  KeptText sealed_as(std::string_view text, const std::string& context) const;

  std::optional<crypto::Sealer> sealer_;
  bool seals_ = false;
  Random* random_ = nullptr;
};

}  // namespace gatehouse::store::sqlite
