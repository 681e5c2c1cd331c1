using Shouldly;
using Xunit;

namespace Services.Sync;

/// <summary>A page looks its transactions up by ledger and txid, while the ledger grows far beyond what the planner knows of it.</summary>
public sealed class LookingUpATransaction(SyncParts sync) : IClassFixture<SyncParts>
{
    [Fact]
    public async Task no_index_but_the_primary_key_is_a_choice_for_it() =>
        (await sync.Execute("""
            select string_agg(i.indexrelid::regclass::text, ', ') from pg_index i
            where i.indrelid = 'ledger_transactions'::regclass and not i.indisprimary and i.indpred is null
            """)).ShouldBe(DBNull.Value, "without a condition of its own it looks as good as the primary key, and is read from its top");
}
