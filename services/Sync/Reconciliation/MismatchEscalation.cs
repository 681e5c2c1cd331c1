namespace Sync.Reconciliation;

/// <summary>What a ledger's difference has come to.</summary>
internal enum EscalationStep
{
    /// <summary>Another provider is to be asked for its opinion.</summary>
    OpinionDue,

    /// <summary>The round of another provider has begun.</summary>
    OpinionHeard,

    /// <summary>The whole history is to be read again.</summary>
    RepairDue,

    /// <summary>The repair has begun: the same difference burns no more budget.</summary>
    Repaired,
}

/// <summary>
/// What is done about a difference between balances: another provider is asked for its opinion, then the whole history is read
/// again, and then the same difference stays. Null while nothing differs.
/// </summary>
internal sealed record MismatchEscalation(EscalationStep Step, string Difference)
{
    // How a ledger's row has it: the step as a word before the difference; a difference alone was repaired.
    private static readonly (string Word, EscalationStep Step)[] Words =
        [("ask ", EscalationStep.OpinionDue), ("asked ", EscalationStep.OpinionHeard), ("due ", EscalationStep.RepairDue)];

    public static MismatchEscalation? Read(string? stored)
    {
        if (stored is null) return null;
        foreach (var (word, step) in Words)
        {
            if (stored.StartsWith(word, StringComparison.Ordinal)) return new(step, stored[word.Length..]);
        }

        return new(EscalationStep.Repaired, stored);
    }

    public string Write() => Words.FirstOrDefault(each => each.Step == Step).Word + Difference;

    /// <summary>The same once the round that was due has begun.</summary>
    public MismatchEscalation Begun() => Step switch
    {
        EscalationStep.RepairDue => this with { Step = EscalationStep.Repaired },
        EscalationStep.OpinionDue => this with { Step = EscalationStep.OpinionHeard },
        _ => this,
    };

    /// <summary>What follows where a round that was no repair found a difference; the same where nothing more is to be done about it.</summary>
    public static MismatchEscalation Next(MismatchEscalation? now, string difference, bool isAskedFor, bool hasOthers) =>
        now == new MismatchEscalation(EscalationStep.Repaired, difference) && !isAskedFor ? now
            : new(hasOthers && now?.Step is not EscalationStep.OpinionHeard ? EscalationStep.OpinionDue : EscalationStep.RepairDue, difference);
}
