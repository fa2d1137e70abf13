#include "gatehouse/base/principal.hpp"

namespace gatehouse {

std::string Principal::owner() const {
  switch (kind) {
    case Kind::kAnonymous:
      return "anonymous";
    case Kind::kVisitor:
      return "visitor:" + id;
    case Kind::kApiKey:
      return "key:" + id;
    case Kind::kAccount:
      return "account:" + id;
    case Kind::kChannelUser:
      return "channel:" + id;
  }
  return "anonymous";
}

}  // namespace gatehouse
