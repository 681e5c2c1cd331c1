using Contracts;
using EventSourcing;
using Messaging;
using Npgsql;
using NpgsqlTypes;

namespace Services.Messages;

/// <summary>What the tests' source stores: notes that it tells the others, and notes that it keeps to itself.</summary>
internal abstract record NoteEvent
{
    internal sealed record NoteTold(Guid WalletId, string Text) : NoteEvent;

    internal sealed record NoteKept(string Text) : NoteEvent;
}

internal sealed class NoteMap : IContractMap
{
    public Contract? Map(StoredEvent stored) =>
        stored.Data is NoteEvent.NoteTold told ? new WalletRenamed(told.WalletId, told.Text, stored.Timestamp) : null;
}

/// <summary>Writes down each contract's text in the order it was applied.</summary>
internal sealed class NoteInbox : IInbox
{
    /// <summary>Thrown before a text with this word in it is applied.</summary>
    public Func<string, Exception?> Refuse { get; set; } = _ => null;

    /// <summary>The trace that a text was applied in.</summary>
    public Dictionary<string, string?> Traces { get; } = [];

    public async Task ApplyAsync(Work work, IReadOnlyList<Contract> contracts, CancellationToken ct)
    {
        var texts = contracts.OfType<WalletRenamed>().Select(renamed => renamed.Label).ToArray();
        await using var insert = new NpgsqlCommand("insert into applied (text) select unnest($1)", work.Connection);
        insert.Parameters.Add(new() { Value = texts, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await insert.ExecuteNonQueryAsync(ct);
        foreach (var text in texts)
        {
            lock (Traces) Traces[text] = System.Diagnostics.Activity.Current?.TraceId.ToHexString();
            if (Refuse(text) is { } refusal) throw refusal;
        }
    }
}
