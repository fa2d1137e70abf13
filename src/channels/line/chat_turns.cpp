#include "chat_turns.hpp"

#include <algorithm>

namespace gatehouse::channels::line {

async::Task<bool> ChatTurns::enter(std::string chat, async::Cancellation& cancellation) {
  auto [place, is_free] = waiting_.try_emplace(chat);
  if (is_free) co_return true;
  if (place->second.size() >= kMaxWaiting) co_return false;
  async::Signal turn(worker_);
  place->second.push_back(&turn);
  {
    const async::Cancellation::Watch watch(cancellation, [&turn] { turn.set(); });
    co_await turn.wait(Deadline::never());
  }
  // leave() takes out whom it calls; else it was the cancellation.
  auto& line = waiting_.at(chat);
  const bool is_next = std::erase(line, &turn) == 0;
  if (!is_next) co_return false;
  if (!cancellation.is_cancelled()) co_return true;
  leave(chat);
  co_return false;
}

void ChatTurns::leave(const std::string& chat) {
  const auto place = waiting_.find(chat);
  if (place == waiting_.end()) return;
  auto& line = place->second;
  if (line.empty()) {
    waiting_.erase(place);
    return;
  }
  async::Signal& next = *line.front();
  line.pop_front();
  next.set();
}

}  // namespace gatehouse::channels::line
