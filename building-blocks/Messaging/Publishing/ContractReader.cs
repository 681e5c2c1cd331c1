using Contracts;
using EventSourcing;

namespace Messaging;

/// <summary>A contract with the first of the events that it stands for, whose trace it continues.</summary>
internal readonly record struct MappedContract(Contract Contract, StoredEvent Cause);

/// <summary>
/// Turns a stretch of the log into contracts whose spans tile it: each begins where the one before it ended, and private
/// events between two belong to the later one's span.
/// </summary>
internal sealed class ContractReader(string source, IContractMap map)
{
    /// <summary>So many neighbouring events are folded into one contract at most: a message stays well below a megabyte.</summary>
    internal const int MostEventsInOne = 250;

    public string Source => source;

    public IReadOnlyList<MappedContract> Read(IReadOnlyList<StoredEvent> events, long after)
    {
        var mapped = new List<MappedContract>();
        Contract? open = null;
        StoredEvent? cause = null;
        var (opened, upTo, folded) = (after, after, 0);

        foreach (var stored in events)
        {
            if (map.Map(stored) is not { } contract) continue;

            if (open is not null && folded < MostEventsInOne && open.MergedWith(contract) is { } merged)
            {
                open = merged;
                folded++;
            }
            else
            {
                Close();
                (open, cause, folded) = (contract, stored, 1);
            }

            upTo = stored.Position;
        }

        Close();
        return mapped;

        void Close()
        {
            if (open is null) return;
            mapped.Add(new(open with { Log = new LogSpan(source, opened, upTo) }, cause!));
            opened = upTo;
        }
    }
}
