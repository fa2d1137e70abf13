#include <unicode/ubrk.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <memory>

#include "gatehouse/base/utf8.hpp"
#include "line_text.hpp"

namespace gatehouse::channels::line {
namespace {

struct CloseIterator {
  void operator()(UBreakIterator* iterator) const { ubrk_close(iterator); }
};
using BreakIterator = std::unique_ptr<UBreakIterator, CloseIterator>;

std::u16string to_utf16(std::string_view text) {
  std::u16string units(text.size(), u'\0');  // never more units than bytes
  std::int32_t length = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strFromUTF8WithSub(units.data(), static_cast<std::int32_t>(units.size()), &length, text.data(),
                       static_cast<std::int32_t>(text.size()), 0xFFFD, nullptr, &status);
  units.resize(U_SUCCESS(status) ? static_cast<std::size_t>(length) : 0);
  return units;
}

// Finds where a text may be cut. Without ICU's rules only characters are told apart.
class Cutter {
 public:
  explicit Cutter(const std::u16string& text)
      : text_(text),
        graphemes_(open(UBRK_CHARACTER)),
        sentences_(open(UBRK_SENTENCE)),
        lines_(open(UBRK_LINE)) {}

  // The end of the piece that begins at `begin`; more than `limit` is left there.
  std::size_t cut(std::size_t begin, std::size_t limit) const {
    const std::size_t most = begin + limit;
    const std::size_t enough = begin + limit / 2;  // a piece is no shorter for a nicer end
    const std::u16string_view view(text_);
    for (const std::u16string_view end :
         {std::u16string_view(u"\n\n"), std::u16string_view(u"\n")}) {
      const auto found = view.substr(0, most).rfind(end);
      if (found == view.npos || found + end.size() <= enough) continue;
      if (is_whole(found + end.size())) return found + end.size();
    }
    for (const auto* nicer : {&sentences_, &lines_}) {
      const std::size_t end = last_of(*nicer, most);
      if (end > enough && is_whole(end)) return end;
    }
    if (const std::size_t end = last_of(graphemes_, most); end > begin) return end;
    const bool is_within_pair = U16_IS_TRAIL(text_[most]) && U16_IS_LEAD(text_[most - 1]);
    return is_within_pair ? most - 1 : most;
  }

 private:
  BreakIterator open(UBreakIteratorType type) const {
    UErrorCode status = U_ZERO_ERROR;
    BreakIterator iterator(
        ubrk_open(type, "", text_.data(), static_cast<std::int32_t>(text_.size()), &status));
    return U_SUCCESS(status) ? std::move(iterator) : nullptr;
  }
  // The last border at or before `at`; 0 if there is none.
  std::size_t last_of(const BreakIterator& iterator, std::size_t at) const {
    if (!iterator) return 0;
    auto place = static_cast<std::int32_t>(at);
    U16_SET_CP_START(text_.data(), 0, place);
    if (ubrk_isBoundary(iterator.get(), place)) return static_cast<std::size_t>(place);
    const auto before = ubrk_preceding(iterator.get(), place);
    return before == UBRK_DONE ? 0 : static_cast<std::size_t>(before);
  }
  bool is_whole(std::size_t at) const { return !graphemes_ || last_of(graphemes_, at) == at; }

  const std::u16string& text_;
  const BreakIterator graphemes_;
  const BreakIterator sentences_;
  const BreakIterator lines_;
};

// The bytes of `units` UTF-16 units from the byte `at` on.
std::size_t bytes_of(std::string_view text, std::size_t at, std::size_t units) {
  std::size_t end = at;
  while (units > 0 && end < text.size()) {
    const std::size_t of_this = next_code_point(text, end) > 0xFFFF ? 2 : 1;
    units -= std::min(units, of_this);
  }
  return end - at;
}

}  // namespace

std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (std::size_t at = 0; at < text.size();) units += next_code_point(text, at) > 0xFFFF ? 2 : 1;
  return units;
}

std::vector<std::string> split_text(std::string_view text, std::size_t limit_units) {
  std::vector<std::string> pieces;
  const std::u16string units = to_utf16(text);
  const Cutter cutter(units);
  std::size_t at = 0;
  for (std::size_t begin = 0; begin < units.size();) {
    const std::size_t left = units.size() - begin;
    const std::size_t end = left <= limit_units ? units.size() : cutter.cut(begin, limit_units);
    const std::size_t bytes = bytes_of(text, at, end - begin);
    pieces.emplace_back(text.substr(at, bytes));
    at += bytes;
    begin = end;
  }
  return pieces;
}

std::string cut_text(std::string text, std::size_t limit_units, std::string_view note) {
  if (utf16_units(text) <= limit_units) return text;
  const std::size_t room = limit_units - std::min(limit_units - 2, utf16_units(note));
  std::string kept = split_text(text, room).front();
  while (kept.ends_with('\n') || kept.ends_with(' ')) kept.pop_back();
  return kept.append(note);
}

}  // namespace gatehouse::channels::line
