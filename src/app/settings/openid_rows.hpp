// Rows of the table of settings: sign-in by other providers (OpenID Connect).
#pragma once

#include <array>

#include "gatehouse/settings/setting.hpp"

namespace gatehouse::settings {

inline constexpr auto kOpenIdRows = std::to_array<Setting>({
    {.key = "google.client_id",
     .type = Type::kText,
     .example = "1234567890-abc.apps.googleusercontent.com",
     .help = "Lets people sign in with Google: the client's ID from Google's console. Its redirect "
             "URI is server.public_url with /api/v1/auth/openid/google/callback.",
     .environment = {"GOOGLE_CLIENT_ID"}},
    {.key = "google.client_secret",
     .type = Type::kSecret,
     .help = "The client's secret from there.",
     .environment = {"GOOGLE_CLIENT_SECRET"}},
    {.key = "openid.issuer",
     .type = Type::kText,
     .example = "https://login.example.com/realms/main",
     .help = "Lets people sign in with another provider: its issuer, exactly as its metadata says "
             "it. The redirect URI is server.public_url with /api/v1/auth/openid/openid/callback.",
     .environment = {"GATEHOUSE_OPENID_ISSUER"}},
    {.key = "openid.client_id",
     .type = Type::kText,
     .example = "gatehouse",
     .help = "The client's ID at that provider.",
     .environment = {"GATEHOUSE_OPENID_CLIENT_ID"}},
    {.key = "openid.client_secret",
     .type = Type::kSecret,
     .help = "The client's secret there. Unset: a public client.",
     .environment = {"GATEHOUSE_OPENID_CLIENT_SECRET"}},
    {.key = "openid.name",
     .type = Type::kText,
     .fallback = "OpenID",
     .help = "What people know that provider by.",
     .environment = {"GATEHOUSE_OPENID_NAME"}},
    {.key = "openid.scopes",
     .type = Type::kText,
     .fallback = "openid email profile",
     .help = "What both providers are asked for, with spaces between; openid is one of them.",
     .environment = {"GATEHOUSE_OPENID_SCOPES"}},
    {.key = "openid.domains",
     .type = Type::kHosts,
     .example = "example.com",
     .help = "Of which domains the e-mail addresses of those must be who sign in by a provider. "
             "Unset: any.",
     .environment = {"GATEHOUSE_OPENID_DOMAINS"}},
    {.key = "openid.creates_accounts",
     .type = Type::kBoolean,
     .fallback = "false",
     .help = "Whether somebody without an account gets one, named by the e-mail address. false: "
             "only those get in who have linked the provider to their account.",
     .environment = {"GATEHOUSE_OPENID_CREATES_ACCOUNTS"}},
    {.key = "openid.role_claim",
     .type = Type::kText,
     .example = "groups",
     .help = "The claim that decides roles, at every sign-in. Unset: roles stay as they are, and "
             "new accounts are members.",
     .environment = {"GATEHOUSE_OPENID_ROLE_CLAIM"}},
    {.key = "openid.operators",
     .type = Type::kSentences,
     .example = "chat-operators",
     .help = "Values of that claim that make an operator.",
     .environment = {"GATEHOUSE_OPENID_OPERATORS"}},
    {.key = "openid.analysts",
     .type = Type::kSentences,
     .example = "chat-analysts",
     .help = "Values of that claim that make an analyst.",
     .environment = {"GATEHOUSE_OPENID_ANALYSTS"}},
});

}  // namespace gatehouse::settings
