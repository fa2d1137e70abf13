#include "text_signals.hpp"

#include <bit>

#include "gatehouse/base/text.hpp"
#include "text_blocks.hpp"

namespace gatehouse::guard {
namespace {

constexpr int kLongRun = 16;
// What is put between the letters of a word to break it, and what stands for a letter.
constexpr MarkSet kBreaks(".-_*/~|+,");
constexpr MarkSet kLetterLike("@$!|");
constexpr MarkSet kBase64Marks("+/-_");
constexpr MarkSet kControls("\n\r\x01");

std::uint32_t count(std::uint64_t bits) { return static_cast<std::uint32_t>(std::popcount(bits)); }

// A byte for each bit whose neighbours have one too: the bytes behind and before the block are
// `last` and `next`.
std::uint64_t shifted_up(std::uint64_t bits, bool last) { return bits << 1 | (last ? 1 : 0); }
std::uint64_t shifted_down(std::uint64_t bits, bool next) {
  return bits >> 1 | std::uint64_t{next ? 1U : 0U} << 63;
}

bool is_letter(char c) { return to_lower_ascii(c) >= 'a' && to_lower_ascii(c) <= 'z'; }

bool has_run(std::uint64_t bits) {
  for (const int width : {1, 2, 4, 8}) bits &= bits >> width;
  return bits != 0;
}

// Reads the blocks of one text in turn.
class SignalPass {
 public:
  explicit SignalPass(std::string_view text) : text_(text) {}

  void take(const char* block, std::size_t at, std::uint64_t is_text) {
    const BlockBits bits = bits_of(block);
    signals_.letters += count(bits.letters);
    signals_.capitals += count(capitals_of(block));
    signals_.spaces += count(bits.spaces);
    if (bits.beyond != 0) signals_.marks.add(kBeyondAscii);
    if (bits.digits != 0) {
      signals_.marks.add(kAnyDigit);
      signals_.digits += count(bits.digits);
    }
    const std::uint64_t others = bits.letters | bits.digits | bits.spaces | bits.beyond;
    const MarkBits marks = read_marks(block, is_text & ~others);
    read_runs(bits.letters | bits.digits | marks.base64);
    signals_.has_uneven_space |= (bits.spaces & shifted_up(bits.spaces, was_space_)) != 0;
    read_between(bits, marks, at, is_text);
    was_space_ = bits.spaces >> 63 != 0;
  }

  TextSignals finish() {
    signals_.has_uneven_space |= signals_.marks.holds_any(kControls);
    signals_.is_ascii = !signals_.marks.holds_any(kBeyondAscii);
    return signals_;
  }

 private:
  struct MarkBits {
    std::uint64_t breaks = 0;
    std::uint64_t letter_like = 0;
    std::uint64_t base64 = 0;
  };

  MarkBits read_marks(const char* block, std::uint64_t marks) {
    MarkBits out;
    while (marks != 0) {
      const std::size_t place = take_lowest(marks);
      const MarkSet mark({block + place, 1});
      signals_.marks.add(mark);
      const auto bit_if = [&](MarkSet set) {
        return std::uint64_t{mark.holds_any(set) ? 1U : 0U} << place;
      };
      out.breaks |= bit_if(kBreaks);
      out.letter_like |= bit_if(kLetterLike);
      out.base64 |= bit_if(kBase64Marks);
    }
    return out;
  }

  // Runs go on from block to block.
  void read_runs(std::uint64_t run) {
    signals_.has_long_run |= has_run(run) || run_ + std::countr_one(run) >= kLongRun;
    const int end = std::countl_one(run);
    run_ = end == static_cast<int>(kBlockBytes) ? run_ + end : end;
  }

  // What stands between two bytes of the text.
  void read_between(const BlockBits& bits, const MarkBits& marks, std::size_t at,
                    std::uint64_t is_text) {
    const char next = at + kBlockBytes < text_.size() ? text_[at + kBlockBytes] : ' ';
    std::uint64_t inner = is_text;
    if (at == 0) inner &= ~std::uint64_t{1};
    if (at + kBlockBytes >= text_.size()) inner &= is_text >> 1;
    const std::uint64_t words = bits.letters | bits.digits;
    const std::uint64_t beside =
        shifted_up(words, was_word_) | shifted_down(words, is_letter(next) || is_digit_ascii(next));
    const std::uint64_t between =
        inner & shifted_up(bits.letters, was_letter_) & shifted_down(bits.letters, is_letter(next));
    signals_.single_letters += count(bits.letters & ~beside & inner);
    if (const auto found = between & (bits.digits | marks.letter_like); found != 0)
      signals_.inner_digits += count(found);
    if (const auto found = between & marks.breaks; found != 0)
      signals_.inner_punctuation += count(found);
    was_word_ = words >> 63 != 0;
    was_letter_ = bits.letters >> 63 != 0;
  }

  std::string_view text_;
  TextSignals signals_;
  int run_ = 0;  // the base64 characters at the end of the block before
  bool was_space_ = false;
  bool was_word_ = false;
  bool was_letter_ = false;
};

}  // namespace

TextSignals read_signals(std::string_view text) {
  SignalPass pass(text);
  for_each_block(text, [&](const char* block, std::size_t at, std::uint64_t is_text) {
    pass.take(block, at, is_text);
  });
  return pass.finish();
}

}  // namespace gatehouse::guard
