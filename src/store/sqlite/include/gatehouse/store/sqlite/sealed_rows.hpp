// Brings what is sealed in the store to the newest key.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "gatehouse/async/task.hpp"
#include "gatehouse/async/worker.hpp"
#include "gatehouse/base/error.hpp"
#include "gatehouse/base/random.hpp"
#include "gatehouse/crypto/sealer.hpp"
#include "gatehouse/store/sqlite/message_texts.hpp"
#include "gatehouse/store/sqlite/readers.hpp"
#include "gatehouse/store/sqlite/writer.hpp"

namespace gatehouse::store::sqlite {

// What a step along sealed rows has done.
struct ResealProgress {
  std::uint64_t resealed = 0;
  std::uint64_t unreadable = 0;  // sealed with keys that aren't there, or damaged: left as they are
  bool has_ended = false;        // there are no more; the next step begins again
};

struct StoreSealers {
  crypto::Sealer second_factors;
  crypto::Sealer token_keys;
  crypto::Sealer refresh_families;
  crypto::Sealer messages;
};

// Walks along all rows of gatehouse.db that hold something sealed, a little in each step. What is
// not as it would be written now is written anew: a row is at every moment as it was or as it will
// be. Texts of messages follow what `texts` is told. One step at a time; what is handed in outlives
// it.
class SealedRows {
 public:
  SealedRows(Writer& writer, Readers& readers, StoreSealers sealers, MessageTexts texts,
             Random& random)
      : writer_(writer),
        readers_(readers),
        sealers_(std::move(sealers)),
        texts_(std::move(texts)),
        random_(random) {}

  // One transaction.
  async::Task<Result<ResealProgress>> step(async::Worker& home);
  // How many are sealed with older keys than the newest, at one moment; those that can't be read
  // count too.
  async::Task<Result<std::uint64_t>> outdated(async::Worker& home);

 private:
  static constexpr std::size_t kKinds = 5;
  struct Place {
    std::size_t kind = 0;
    std::int64_t sequence = -1;  // of the last row, of messages and conversations
    std::string site;            // the same of others
    std::string id;
  };
  Result<ResealProgress> reseal_some(Connection& connection);
  bool reseal_secrets(Connection& connection);
  bool reseal_titles(Connection& connection);
  bool reseal_messages(Connection& connection);

  Writer& writer_;
  Readers& readers_;
  const StoreSealers sealers_;
  const MessageTexts texts_;
  Random& random_;
  Place place_;
  ResealProgress progress_;  // of this step
};

}  // namespace gatehouse::store::sqlite
