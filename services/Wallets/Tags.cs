using ServiceDefaults;

namespace Wallets;

/// <summary>Words that people sort wallets, addresses and transactions by; the same word in another case is the same tag.</summary>
internal static class Tags
{
    public const int Most = 20;
    public const int MaxLength = 50;

    public const string Text = "All tags it is to have, at most 20 of at most 50 characters each, without commas and semicolons; of those that " +
        "differ in case only the first counts. An empty list takes all away. Stays where it is left out.";

    /// <summary>The condition that a row's <c>tags</c> have the one that a parameter names, if it names one.</summary>
    public static string Have(string parameter) =>
        $"({parameter}::varchar is null or exists (select from unnest(tags) t (tag) where lower(t.tag) = lower({parameter})))";

    /// <summary>The tags without surrounding blanks, each once.</summary>
    /// <exception cref="DomainException"><c>invalid-body</c>, pointing at the first that is none.</exception>
    public static IReadOnlyList<string> Parse(IReadOnlyList<string> tags, string pointer = "/tags")
    {
        // Looked at before each is, so that the work is bounded.
        if (tags.Count > Most) throw Label.Wrong(pointer, "too-many-tags", $"There are at most {Most} tags.");
        return [.. tags.Select((tag, index) => Read(tag, $"{pointer}/{index}")).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>The tags, or null where none are given.</summary>
    public static IReadOnlyList<string>? ParseOptional(IReadOnlyList<string>? tags, string pointer = "/tags") =>
        tags is null ? null : Parse(tags, pointer);

    // What separates tags in a table's cell is in none of them.
    private static string Read(string tag, string pointer) => tag.AsSpan().ContainsAny(',', ';')
        ? throw Label.Wrong(pointer, "tag-characters", "A tag has neither commas nor semicolons.")
        : Label.Read(tag, pointer, "tag", MaxLength);
}
