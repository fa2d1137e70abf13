// What the tokens of models cost, in integers: the operator's price list.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gatehouse/base/error.hpp"

namespace gatehouse::guard {

// What a turn takes in tokens; each at most 2^62.
struct TokenCount {
  std::uint64_t prompt = 0;
  std::uint64_t reply = 0;

  std::uint64_t total() const noexcept { return prompt + reply; }
};

// In millionths of the operator's currency for a million tokens; each at most kMaxMoneyMicros.
struct Price {
  std::uint64_t input_micros = 0;
  std::uint64_t output_micros = 0;

  // In millionths, rounded up; at most UINT64_MAX.
  std::uint64_t of(const TokenCount& count) const noexcept;
  // The longest reply that costs no more than `micros` together with its prompt. 0 where the prompt
  // alone costs more, UINT64_MAX where replies cost nothing.
  std::uint64_t longest_reply(std::uint64_t prompt, std::uint64_t micros) const noexcept;
  friend bool operator==(const Price&, const Price&) = default;
};

// A line is a model and its two prices for a million tokens: "gpt-4o-mini 0.15 0.60". A model that
// ends in '*' stands for all that begin so; the longest that fits is taken. What fits none, and
// what has no name, costs nothing. Immutable; finding allocates nothing.
class PriceTable {
 public:
  // The error says which line can't be read, and why.
  static Result<PriceTable> read(std::span<const std::string> lines);

  std::optional<Price> find(std::string_view model) const noexcept;
  // The most that any of them takes, for each direction by itself.
  Price dearest(std::span<const std::string> models) const noexcept;

 private:
  struct Row {
    std::string model;  // without its '*'
    bool is_beginning = false;
    Price price;
  };
  bool has(const Row& row) const noexcept;

  std::vector<Row> rows_;
};

}  // namespace gatehouse::guard
