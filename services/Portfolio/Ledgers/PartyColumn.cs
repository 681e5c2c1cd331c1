using System.Text;
using System.Text.Json;
using Chains;
using Contracts;

namespace Portfolio.Ledgers;

/// <summary>
/// A transaction's senders or receivers as one JSON column: <c>[["bc1…","666601"],[null,"0"]]</c>, with a third entry
/// where the value is not of the native asset.
/// </summary>
internal static class PartyColumn
{
    public static string Write(IReadOnlyList<Party> parties)
    {
        var text = new StringBuilder(parties.Count * 64);
        text.Append('[');
        for (var i = 0; i < parties.Count; i++)
        {
            if (i > 0) text.Append(',');
            Write(text, parties[i]);
        }

        return text.Append(']').ToString();
    }

    /// <summary>One entry of the column.</summary>
    public static string WriteOne(Party party)
    {
        var text = new StringBuilder(64);
        Write(text, party);
        return text.ToString();
    }

    private static void Write(StringBuilder text, Party party)
    {
        text.Append('[');
        if (party.Address is { } address) text.Append('"').Append(JsonEncodedText.Encode(address).Value).Append('"');
        else text.Append("null");
        text.Append(",\"").Append(party.Value).Append('"');
        if (party.Asset is { } asset) text.Append(",\"").Append(JsonEncodedText.Encode(asset).Value).Append('"');
        text.Append(']');
    }

    public static IReadOnlyList<Party> Read(string json)
    {
        var parties = new List<Party>();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        while (reader.Read() && reader.TokenType is JsonTokenType.StartArray)
        {
            reader.Read();
            var address = reader.GetString();
            reader.Read();
            var value = Amount.Parse(reader.GetString());
            reader.Read();
            var asset = reader.TokenType is JsonTokenType.String ? reader.GetString() : null;
            if (asset is not null) reader.Read();
            parties.Add(new Party(address, value, asset));
        }

        return parties;
    }
}
