using System.Globalization;
using System.Xml;
using Providers;

namespace Portfolio.Prices.Sources;

/// <summary>One currency's rate of a day: how much of it one euro is.</summary>
internal readonly record struct Fixing(string Currency, DateOnly Day, decimal PerEuro);

/// <summary>The euro's reference rates of the European Central Bank, fixed on each of its working days at about 16:00 in Frankfurt.</summary>
internal sealed class Ecb(ProviderClient client)
{
    private const int MostCharacters = 32 * 1024 * 1024;

    public string Name => client.Name;

    /// <summary>The newest fixing.</summary>
    /// <exception cref="ProviderException">There is no usable answer.</exception>
    public Task<IReadOnlyList<Fixing>> LastAsync(CancellationToken ct) => ReadAsync("eurofxref-daily.xml", ct);

    /// <summary>Those of the last ninety days.</summary>
    /// <inheritdoc cref="LastAsync"/>
    public Task<IReadOnlyList<Fixing>> RecentAsync(CancellationToken ct) => ReadAsync("eurofxref-hist-90d.xml", ct);

    /// <summary>All since 1999.</summary>
    /// <inheritdoc cref="LastAsync"/>
    public Task<IReadOnlyList<Fixing>> AllAsync(CancellationToken ct) => ReadAsync("eurofxref-hist.xml", ct);

    private async Task<IReadOnlyList<Fixing>> ReadAsync(string file, CancellationToken ct)
    {
        using var body = await client.GetAsync(file, "rates", "text/xml", ct)
            ?? throw new ProviderException(ProviderFailure.BadAnswer, Name, $"has no {file}");
        return Read(body.Bytes.ToArray(), Name);
    }

    /// <summary>The rates in such a file, of currencies that values are told in; others are left out.</summary>
    /// <exception cref="ProviderException">It is no such file.</exception>
    public static IReadOnlyList<Fixing> Read(byte[] xml, string source)
    {
        // No document type, so nothing that grows and nothing that is fetched.
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MostCharacters, IgnoreComments = true,
        };
        var fixings = new List<Fixing>();
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(xml), settings);
            DateOnly? day = null;
            while (reader.Read())
            {
                if (reader.NodeType is not XmlNodeType.Element || reader.LocalName != "Cube") continue;
                if (reader.GetAttribute("time") is { } time)
                {
                    day = DateOnly.TryParseExact(time, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var read) ? read
                        : throw new ProviderException(ProviderFailure.BadAnswer, source, "answered rates of no day");
                }
                else if (day is { } known && reader.GetAttribute("currency") is { } currency && Currency.IsFixed(currency)
                    && Told.Price(reader.GetAttribute("rate")) is { } rate)
                    fixings.Add(new Fixing(currency, known, rate));
            }
        }
        catch (XmlException e)
        {
            throw new ProviderException(ProviderFailure.BadAnswer, source, "answered what is no XML", inner: e);
        }

        return fixings.Count > 0 ? fixings : throw new ProviderException(ProviderFailure.BadAnswer, source, "answered no rates");
    }
}
