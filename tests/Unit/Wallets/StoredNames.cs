using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets;

public sealed class StoredNames
{
    /// <summary>Golden: a line is added for a new event; none is ever changed or taken away.</summary>
    [Fact]
    public void the_names_in_the_log_are_the_ones_ever_stored() =>
        StoredEvents.Types.Aliases.ShouldBe(
        [
            "address_imported",
            "address_labelled",
            "address_recognised",
            "address_removed",
            "address_tagged",
            "api_key_created",
            "api_key_revoked",
            "api_key_rotated",
            "login_link_made",
            "login_link_used",
            "session_begun",
            "session_ended",
            "share_made",
            "share_revoked",
            "source_added",
            "source_removed",
            "sync_cancel_requested",
            "sync_requested",
            "transaction_labelled",
            "user_created",
            "user_disabled",
            "user_enabled",
            "wallet_created",
            "wallet_deleted",
            "wallet_erased",
            "wallet_renamed",
            "wallet_tagged",
        ]);

    [Fact]
    public void the_streams_are_named_as_ever() =>
        new[] { User.Category, ApiKey.Category, LoginLink.Category, Share.Category, Wallet.Category, TransactionLabel.Category }
            .ShouldBe(["user", "api-key", "login-link", "share", "wallet", "transaction-label"]);
}
