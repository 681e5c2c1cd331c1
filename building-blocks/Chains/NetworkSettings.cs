using System.Collections.Immutable;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Chains;

/// <summary>
/// What describes a network, as configuration says it at <c>Networks:{slug}</c>: all of a new one, or what shall differ
/// about one that ships. There, what the network is cannot differ, because amounts and addresses are stored by it.
/// </summary>
public sealed partial record NetworkSettings
{
    public string? Name { get; init; }

    public ChainFamily? Family { get; init; }

    /// <summary>The CAIP-2 id; its form is the family's.</summary>
    public string? Caip2 { get; init; }

    /// <summary>The native asset's symbol.</summary>
    public string? Symbol { get; init; }

    /// <summary>The native asset's decimals.</summary>
    public int? Decimals { get; init; }

    /// <summary>The native asset's number in the SLIP-44 registry; 1 for any test network.</summary>
    public int? Slip44 { get; init; }

    public int? ConfirmationsRequired { get; init; }

    /// <summary>At least <see cref="ConfirmationsRequired"/>: what counts as complete is not looked after any less.</summary>
    public int? SafeDepth { get; init; }

    public TimeSpan? BlockTime { get; init; }

    /// <summary>Utxo only, as are the next four: the version of P2PKH addresses, one byte or two.</summary>
    public int? P2pkhVersion { get; init; }

    /// <summary>The versions of P2SH addresses: all are read, the first is written.</summary>
    public List<int>? P2shVersions { get; init; }

    /// <summary>Empty where there are no witness addresses.</summary>
    public string? Bech32Prefix { get; init; }

    public int? CoinbaseMaturity { get; init; }

    /// <summary>The most whole coins that one output or one transaction can move; may be left out.</summary>
    public long? MaxMoney { get; init; }

    /// <summary>Evm only: contracts under whose names the native coin moves; may be left out.</summary>
    public List<string>? NativeContracts { get; init; }

    /// <summary>Evm only: more whole coins than can ever exist; may be left out.</summary>
    public long? MaxSupply { get; init; }

    private const int MaxVersion = 0xffff;

    // No chain has a native coin of so many; a chain of 10^15 is known (BitTorrent Chain).
    private const long UnknownSupply = 1_000_000_000_000_000_000;

    /// <summary>What keeps a new network of this slug from being made of the settings; each error begins with its key.</summary>
    internal IEnumerable<string> Errors(string slug)
    {
        if (!SlugForm.IsMatch(slug) || slug.Length > 32)
            yield return $"{slug} is no network's name: up to 32 lower-case letters, digits and single hyphens, a letter first.";
        if (Name is null or "" || Name.Length > 64 || Name.Any(char.IsControl)) yield return $"{slug}:Name is required: up to 64 characters.";
        if (Family is not (ChainFamily.Utxo or ChainFamily.Evm or ChainFamily.Solana))
            yield return $"{slug}:Family is required: utxo, evm or solana.";
        if (Caip2Error() is { } error) yield return $"{slug}:Caip2 {error}";
        if (Symbol is null || !SymbolForm.IsMatch(Symbol)) yield return $"{slug}:Symbol is required: 1 to 16 letters, digits, '.', '-' or '$'.";
        if (Decimals is not (>= 0 and <= 30)) yield return $"{slug}:Decimals is required: 0 to 30.";
        if (Slip44 is not >= 0) yield return $"{slug}:Slip44 is required: the native asset's number in the SLIP-44 registry, 1 for a test network.";
        if (ConfirmationsRequired is null) yield return $"{slug}:ConfirmationsRequired is required.";
        if (SafeDepth is null) yield return $"{slug}:SafeDepth is required.";
        if (BlockTime is null) yield return $"{slug}:BlockTime is required.";
        foreach (var wrong in PaceErrors(slug)
            .Concat(Family is ChainFamily.Utxo ? ScriptErrors(slug) : ForeignErrors(slug)).Concat(AccountErrors(slug))) yield return wrong;
    }

    /// <summary>What keeps the settings from being laid over a network that ships.</summary>
    internal IEnumerable<string> ErrorsOver(Network shipped)
    {
        foreach (var fact in Given().Where(given => given.IsFact && given.Value is not null))
            yield return $"{shipped.Slug}:{fact.Key} cannot be set: {shipped.Name} ships. What can be set are Name, Symbol, ConfirmationsRequired, " +
                "SafeDepth, BlockTime, NativeContracts and MaxSupply.";
        if (Name is "" || Name?.Length > 64 || Name?.Any(char.IsControl) is true) yield return $"{shipped.Slug}:Name must be up to 64 characters.";
        if (Symbol is not null && !SymbolForm.IsMatch(Symbol))
            yield return $"{shipped.Slug}:Symbol must be 1 to 16 letters, digits, '.', '-' or '$'.";
        var whole = this with
        {
            ConfirmationsRequired = ConfirmationsRequired ?? shipped.ConfirmationsRequired,
            SafeDepth = SafeDepth ?? shipped.SafeDepth,
        };
        foreach (var wrong in whole.PaceErrors(shipped.Slug)) yield return wrong;
        foreach (var wrong in (this with { Family = shipped.Family }).AccountErrors(shipped.Slug)) yield return wrong;
    }

    internal Network Over(Network shipped) => shipped with
    {
        Name = Name ?? shipped.Name,
        Native = shipped.Native with { Symbol = Symbol ?? shipped.Native.Symbol },
        ConfirmationsRequired = ConfirmationsRequired ?? shipped.ConfirmationsRequired,
        SafeDepth = SafeDepth ?? shipped.SafeDepth,
        BlockTime = BlockTime ?? shipped.BlockTime,
        NativeContracts = NativeContracts is null ? shipped.NativeContracts : Lower(NativeContracts),
        MaxSupply = MaxSupply is { } most ? BaseUnits(most, shipped.Native.Decimals) : shipped.MaxSupply,
    };

    /// <summary>The network of settings without errors.</summary>
    internal Network Make(string slug) => new()
    {
        Slug = slug,
        Name = Name!,
        Family = Family!.Value,
        Caip2 = Caip2!,
        Native = new($"{Caip2}/slip44:{Slip44}", Symbol!, Decimals!.Value),
        ConfirmationsRequired = ConfirmationsRequired!.Value,
        SafeDepth = SafeDepth!.Value,
        BlockTime = BlockTime!.Value,
        AddressRules = Family is ChainFamily.Utxo
            ? new(P2pkhVersion!.Value, [.. P2shVersions!], Bech32Prefix is { Length: > 0 } prefix ? prefix : null)
            : null,
        CoinbaseMaturity = CoinbaseMaturity,
        MaxMoney = MaxMoney is null ? null : (long)BaseUnits(MaxMoney.Value, Decimals!.Value),
        NativeContracts = Lower(NativeContracts ?? []),
        MaxSupply = BaseUnits(MaxSupply ?? UnknownSupply, Decimals!.Value),
    };

    private static ImmutableArray<string> Lower(List<string> contracts) => [.. contracts.Select(contract => contract.ToLowerInvariant()).Distinct()];

    private IEnumerable<string> PaceErrors(string slug)
    {
        if (ConfirmationsRequired is not (null or >= 1 and <= 100_000)) yield return $"{slug}:ConfirmationsRequired must be 1 to 100000.";
        if (SafeDepth is not (null or >= 1 and <= 100_000)) yield return $"{slug}:SafeDepth must be 1 to 100000.";
        if (SafeDepth < ConfirmationsRequired) yield return $"{slug}:SafeDepth must not be below ConfirmationsRequired ({ConfirmationsRequired}).";
        if (BlockTime <= TimeSpan.Zero || BlockTime > TimeSpan.FromDays(1))
            yield return $"{slug}:BlockTime must be above 0 and at most a day, such as 00:02:30.";
    }

    private IEnumerable<string> ScriptErrors(string slug)
    {
        if (P2pkhVersion is not (>= 0 and <= MaxVersion))
            yield return $"{slug}:P2pkhVersion is required: one byte, 0 to 255, or two, to {MaxVersion}.";
        if (P2shVersions is null or [] || P2shVersions.Any(version => version is < 0 or > MaxVersion))
            yield return $"{slug}:P2shVersions is required: one or more versions of one byte, 0 to 255, or two, to {MaxVersion}.";
        else if (P2shVersions.Distinct().Count() < P2shVersions.Count || P2shVersions.Any(version => version == P2pkhVersion))
            yield return $"{slug}:P2shVersions must differ from each other and from P2pkhVersion.";
        if (Bech32Prefix is { Length: > 0 } prefix && !PrefixForm.IsMatch(prefix))
            yield return $"{slug}:Bech32Prefix must be 1 to 16 lower-case letters and digits, or empty.";
        if (MaxMoney is not null && (MaxMoney < 1 || (Decimals is >= 0 and <= 30 && BaseUnits(MaxMoney!.Value, Decimals!.Value) > long.MaxValue)))
            yield return $"{slug}:MaxMoney must be whole coins whose base units fit 63 bits, or be left out.";
        if (CoinbaseMaturity is not (>= 1 and <= 100_000)) yield return $"{slug}:CoinbaseMaturity is required: 1 to 100000.";
    }

    private IEnumerable<string> ForeignErrors(string slug) =>
        Given().Where(given => given.IsScripts && given.Value is not null)
            .Select(given => $"{slug}:{given.Key} is for networks of the family utxo only.");

    private IEnumerable<string> AccountErrors(string slug)
    {
        if (Family is not ChainFamily.Evm)
        {
            foreach (var key in new[] { (nameof(NativeContracts), NativeContracts as object), (nameof(MaxSupply), MaxSupply) })
            {
                if (key.Item2 is not null) yield return $"{slug}:{key.Item1} is for networks of the family evm only.";
            }

            yield break;
        }

        foreach (var wrong in (NativeContracts ?? []).Where(contract => !AccountForm.IsMatch(contract ?? "")))
            yield return $"{slug}:NativeContracts has '{wrong}', which is no account: 0x and 40 hexadecimal digits.";
        if (MaxSupply < 1) yield return $"{slug}:MaxSupply must be whole coins, 1 or more, or be left out.";
    }

    private static BigInteger BaseUnits(long coins, int decimals) => coins * BigInteger.Pow(10, decimals);

    private string? Caip2Error() => Family switch
    {
        ChainFamily.Utxo when !Bip122Form.IsMatch(Caip2 ?? "") => "is required: bip122: and the first 32 digits, in lower case, of the genesis " +
            "block's hash.",
        ChainFamily.Evm when !Eip155Form.IsMatch(Caip2 ?? "") => "is required: eip155: and the chain id.",
        ChainFamily.Solana when !SolanaForm.IsMatch(Caip2 ?? "") => "is required: solana: and the first 32 characters of the genesis hash.",
        _ => null,
    };

    private (string Key, object? Value, bool IsFact, bool IsScripts)[] Given() =>
    [
        (nameof(Family), Family, true, false), (nameof(Caip2), Caip2, true, false),
        (nameof(Decimals), Decimals, true, false), (nameof(Slip44), Slip44, true, false),
        (nameof(P2pkhVersion), P2pkhVersion, true, true), (nameof(P2shVersions), P2shVersions, true, true),
        (nameof(Bech32Prefix), Bech32Prefix, true, true), (nameof(CoinbaseMaturity), CoinbaseMaturity, true, true),
        (nameof(MaxMoney), MaxMoney, true, true),
    ];

    [GeneratedRegex(@"^[a-z][a-z0-9]*(-[a-z0-9]+)*\z")]
    private static partial Regex SlugForm { get; }

    [GeneratedRegex(@"^[A-Za-z0-9.$-]{1,16}\z")]
    private static partial Regex SymbolForm { get; }

    [GeneratedRegex(@"^[a-z0-9]{1,16}\z")]
    private static partial Regex PrefixForm { get; }

    [GeneratedRegex(@"^bip122:[0-9a-f]{32}\z")]
    private static partial Regex Bip122Form { get; }

    [GeneratedRegex(@"^0x[0-9a-fA-F]{40}\z")]
    private static partial Regex AccountForm { get; }

    // Eighteen digits fit a long.
    [GeneratedRegex(@"^eip155:[1-9][0-9]{0,17}\z")]
    private static partial Regex Eip155Form { get; }

    [GeneratedRegex(@"^solana:[1-9A-HJ-NP-Za-km-z]{32}\z")]
    private static partial Regex SolanaForm { get; }
}
