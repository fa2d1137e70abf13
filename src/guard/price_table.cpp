#include "gatehouse/guard/price_table.hpp"

#include <algorithm>

#include "gatehouse/base/money.hpp"
#include "gatehouse/base/text.hpp"

namespace gatehouse::guard {
namespace {

constexpr std::size_t kMaxRows = 1000;
constexpr std::uint64_t kMillion = 1'000'000;

// Tokens by prices: up to 2^62 · 2^50, of which there are two.
__extension__ using Wide = unsigned __int128;

std::uint64_t narrowed(Wide value) noexcept {
  return value > UINT64_MAX ? UINT64_MAX : static_cast<std::uint64_t>(value);
}

std::unexpected<Error> bad(std::string_view line, const std::string& why) {
  return fail_field("prices.models", "\"" + std::string(line) + "\": " + why);
}

}  // namespace

std::uint64_t Price::of(const TokenCount& count) const noexcept {
  const Wide parts = Wide{count.prompt} * input_micros + Wide{count.reply} * output_micros;
  return narrowed((parts + (kMillion - 1)) / kMillion);
}

std::uint64_t Price::longest_reply(std::uint64_t prompt, std::uint64_t micros) const noexcept {
  const Wide has = Wide{micros} * kMillion;
  const Wide taken = Wide{prompt} * input_micros;
  if (taken > has) return 0;
  return output_micros == 0 ? UINT64_MAX : narrowed((has - taken) / output_micros);
}

bool PriceTable::has(const Row& row) const noexcept {
  return std::ranges::any_of(rows_, [&](const Row& other) {
    return other.model == row.model && other.is_beginning == row.is_beginning;
  });
}

Result<PriceTable> PriceTable::read(std::span<const std::string> lines) {
  PriceTable table;
  if (lines.size() > kMaxRows)
    return fail_field("prices.models", "There are more than 1000 prices.");
  for (const auto& line : lines) {
    const auto words = split(line, ' ');
    if (words.size() != 3) {
      return bad(line,
                 "A price is a model, what a million tokens of its prompts cost, and what a "
                 "million tokens of its answers cost, like \"gpt-4o-mini 0.15 0.60\".");
    }
    const auto input = parse_money(words[1]);
    const auto output = parse_money(words[2]);
    if (!input || !output) {
      return bad(line, "\"" + std::string(input ? words[2] : words[1]) +
                           "\" is no price: digits, with at most six behind a point, up to "
                           "1000000000.");
    }
    Row row{.model = std::string(words[0]),
            .is_beginning = words[0].ends_with('*'),
            .price = {.input_micros = *input, .output_micros = *output}};
    if (row.is_beginning) row.model.pop_back();
    if (row.model.contains('*'))
      return bad(line, "A '*' stands at the end of a model's name only.");
    if (table.has(row)) return bad(line, "This model has a price already.");
    table.rows_.push_back(std::move(row));
  }
  // The first that fits is then the one to take.
  std::ranges::sort(table.rows_, [](const Row& a, const Row& b) {
    if (a.is_beginning != b.is_beginning) return b.is_beginning;
    return a.model.size() > b.model.size();
  });
  return table;
}

std::optional<Price> PriceTable::find(std::string_view model) const noexcept {
  if (model.empty()) return std::nullopt;
  const auto found = std::ranges::find_if(rows_, [model](const Row& row) {
    return row.is_beginning ? model.starts_with(row.model) : model == row.model;
  });
  if (found == rows_.end()) return std::nullopt;
  return found->price;
}

Price PriceTable::dearest(std::span<const std::string> models) const noexcept {
  Price dearest;
  for (const auto& model : models) {
    const auto price = find(model);
    if (!price) continue;
    dearest.input_micros = std::max(dearest.input_micros, price->input_micros);
    dearest.output_micros = std::max(dearest.output_micros, price->output_micros);
  }
  return dearest;
}

}  // namespace gatehouse::guard
