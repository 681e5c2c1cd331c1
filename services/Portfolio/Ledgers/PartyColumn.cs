using System.Text;
using System.Text.Json;
using Chains;
using Contracts;

namespace Portfolio.Ledgers;

/// <summary>A transaction's senders or receivers as one JSON column: <c>[["bc1…","666601"],[null,"0"]]</c>, with a third entry where the value is not of the native asset.</summary>
internal static class PartyColumn
{
    public static string Write(IReadOnlyList<Party> parties)
    {
        var text = new StringBuilder(parties.Count * 64);
        text.Append('[');
        for (var i = 0; i < parties.Count; i++)
        {
            if (i > 0) text.Append(',');
            text.Append('[');
            if (parties[i].Address is { } address) text.Append('"').Append(JsonEncodedText.Encode(address).Value).Append('"');
            else text.Append("null");
            text.Append(",\"").Append(parties[i].Value).Append('"');
            if (parties[i].Asset is { } asset) text.Append(",\"").Append(JsonEncodedText.Encode(asset).Value).Append('"');
            text.Append(']');
        }

        return text.Append(']').ToString();
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
