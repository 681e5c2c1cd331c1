using Portfolio;
using Portfolio.Feed;
using Shouldly;
using Xunit;

namespace Unit.Portfolio;

/// <summary>Golden: a line is added for a new message; none is ever changed or taken away, because logs hold them and clients know them.</summary>
public sealed class StoredNames
{
    [Fact]
    public void the_names_in_the_log_are_the_ones_ever_stored() =>
        PortfolioModule.Events.Aliases.ShouldBe(
        [
            "balance_changed",
            "balance_mismatch",
            "confirmation_update",
            "deposit_completed",
            "deposit_dropped",
            "deposit_orphaned",
            "deposit_replaced",
            "deposit_update",
            "rate_limit_alert",
            "sync_completed",
            "sync_failed",
            "sync_progress",
            "sync_waiting",
            "webhook_disabled",
        ]);

    [Fact]
    public void the_streams_are_named_as_ever() => FeedMessage.Category.ShouldBe("feed");
}
