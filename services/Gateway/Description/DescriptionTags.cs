namespace Gateway;

/// <summary>What the parts of the public document are about: one for each first segment behind the version.</summary>
internal static class DescriptionTags
{
    private static readonly Dictionary<string, string> Descriptions = new()
    {
        ["api-keys"] = "Keys that clients prove themselves with: who, with which scopes, for which wallets.",
        ["audit"] = "Who did what to users, keys and wallets; for administrators.",
        ["balances"] = "What is held, by asset.",
        ["clusters"] = "Addresses that are probably of one owner.",
        ["deposits"] = "Incoming payments and how far they are confirmed.",
        ["events"] = "What happens, as it happens.",
        ["health"] = "Whether the system works; open to all.",
        ["networks"] = "The networks whose addresses can be imported, and who is asked about each.",
        ["portfolio"] = "All that a user holds, over all wallets.",
        ["session"] = "Logging in and out with a browser.",
        ["shared"] = "What somebody shows of their wallets.",
        ["shares"] = "Links by which others see what wallets hold.",
        ["transactions"] = "Single transactions as the user's addresses saw them.",
        ["usage"] = "What providers were asked and what is left to ask.",
        ["users"] = "People whose wallets these are; for administrators.",
        ["wallets"] = "Named sets of addresses: what is in them, their history and how far it is read.",
        ["webhooks"] = "Notices to addresses of one's own.",
    };

    public static string Of(string tag) => Descriptions.GetValueOrDefault(tag) ?? $"Everything under /api/v1/{tag}.";
}
