using System.Text.Json;
using System.Text.Json.Serialization;
using Chains;
using ServiceDefaults;

namespace Portfolio.Statements.Verifying;

/// <summary>A statement as somebody has it: its bytes may have been changed by anyone.</summary>
internal static class StatementFile
{
    // A member that is not known here is signed as well, and nothing here checks it.
    private static readonly JsonSerializerOptions Strict = new(ApiJson.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false,
    };

    /// <summary>Everything that can be told of it.</summary>
    /// <param name="json">The statement.</param>
    /// <param name="keys">The keys to believe (see <see cref="SignedContent.IsSignedBy"/>); null where nobody gave any.</param>
    /// <param name="networks">The networks that are known.</param>
    /// <exception cref="FormatException">It is no statement of this format.</exception>
    public static IReadOnlyList<Finding> Check(ReadOnlyMemory<byte> json, string? keys, NetworkCatalogue networks)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var content = CanonicalJson.ContentOf(document.RootElement);
            var statement = document.RootElement.Deserialize<Statement>(Strict) ?? throw new FormatException("It is null.");
            if (statement.Format != Statement.CurrentFormat)
                throw new FormatException($"Its format is {statement.Format}; {Statement.CurrentFormat} is known here.");
            return
            [
                Digest(statement, content), Signature(statement, content, keys), .. SumChecks.Of(statement), .. ProofChecks.Of(statement, networks),
                Finding.NotShown("completeness", "nothing here shows that no transaction is missing; a proof shows inclusion or a balance"),
                Finding.NotShown("chain",
                    "nothing here shows that the blocks are in the chain that counts: compare their hashes with a node or an explorer"),
            ];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException or OverflowException)
        {
            throw new FormatException($"It is no statement: {e.Message}", e);
        }
    }

    private static Finding Digest(Statement statement, byte[] content) => CanonicalJson.DigestOf(content) is var digest && digest == statement.Digest
        ? Finding.Shown("digest", digest) : Finding.Fault("digest", $"is {statement.Digest}; the content's is {digest}, so something was changed");

    private static Finding Signature(Statement statement, byte[] content, string? keys)
    {
        var (algorithm, keyId, value) = statement.Signature;
        if (algorithm != SignedContent.Algorithm) return Finding.Fault("signature", $"{algorithm} is not known here");
        if (keys is null) return Finding.NotShown("signature", $"not checked, as no --key was given; it is said to be by {keyId}");
        return SignedContent.IsSignedBy(keys, Statement.Purpose, content, keyId, value) switch
        {
            true => Finding.Shown("signature", $"made by the key {keyId}"),
            false => Finding.Fault("signature", "none of the given keys made it"),
            null => throw new FormatException("There is no key in the key's file that can be read: a JSON Web Key, a set of them, or PEM."),
        };
    }
}
