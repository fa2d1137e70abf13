// What people see while the bot is busy.
#include "answering.hpp"

namespace gatehouse::channels::line {
namespace {

// An answer that comes at once needs no sign before it.
constexpr Duration kLoadingAfter = std::chrono::milliseconds(300);
constexpr std::uint32_t kLoadingSeconds = 20;
constexpr Duration kLoadingAgain = std::chrono::seconds(17);

}  // namespace

// A call that is under way is waited for: a sign that LINE shows behind the answer would stay.
async::Task<void> Answering::show_presence(async::Cancellation& stop) {
  auto& cancellation = context_.cancellation();
  const auto note = [this](std::string_view what, const Result<ApiAnswer>& answer) {
    if (answer && answer->is_success()) return;
    const Error error = answer ? error_of(*answer) : answer.error();
    parts_.log.debug("LINE_CALL_FAILED", error.for_log(),
                     {{"call", what}, {"request_id", context_.job().id}});
  };
  const TimePoint begin = parts_.worker.now();
  if (!event_.read_token.empty()) {
    const auto marked = co_await api_.mark_as_read(event_.read_token, cancellation);
    note("mark as read", marked);
  }
  if (event_.is_in_group || event_.user_id.empty()) co_return;
  async::Signal stopped(parts_.worker);
  const async::Cancellation::Watch watch(stop, [&stopped] { stopped.set(); });
  Deadline next = Deadline::after(begin, kLoadingAfter);
  while (true) {
    const auto wake = co_await stopped.wait(next);
    if (wake == async::Wake::kSignalled || cancellation.is_cancelled()) co_return;
    next = parts_.worker.in(kLoadingAgain);
    const auto shown = co_await api_.show_loading(event_.user_id, kLoadingSeconds, cancellation);
    note("show loading", shown);
  }
}

}  // namespace gatehouse::channels::line
