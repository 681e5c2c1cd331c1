using Shouldly;
using Xunit;

namespace Whole.Web;

/// <summary>What the pages work out themselves, in a browser: amounts, digit by digit, and what must never be sent.</summary>
[Collection(nameof(SyncingSystem))]
public sealed class CountInTheBrowser(SyncingSystem syncing, Browser browser)
{
    [Fact]
    public async Task amounts_are_counted_exactly_whatever_their_size()
    {
        (string Says, string Told)[] cases =
        [
            ("decimal('123456789012345678901234567890', 18)", "123456789012.34567890123456789"), ("decimal('-1', 8)", "-0.00000001"),
            ("decimal('0', 18)", "0"), ("decimal('5', 0)", "5"),
            ("rounded('-0.005', 2)", "-0.01"), ("rounded('0.00499999999999999999', 2)", "0.00"), ("rounded('-0.004', 2)", "0.00"),
            ("rounded('999999999999999999.995', 2)", "1000000000000000000.00"), ("rounded('2.5', 0)", "3"),
            ("difference('0.3', '0.1')", "0.2"), ("difference('1', '1.000000000000000001')", "-0.000000000000000001"),
            ("sum('0.1', '0.2')", "0.3"), ("sum('-5', '5')", "0"), ("sum('9007199254740993', '1')", "9007199254740994"),
            ("percent('1', '3')", "33.33"), ("percent('-1', '3')", "-33.33"), ("percent('1', '0.00')", "null"),
            ("units('1.5', 8)", "150000000"), ("units('1 000,00000001', 8)", "100000000001"), ("units('1.123456789', 8)", "null"),
            ("units('x', 8)", "null"), ("units('0,125', 8)", "12500000"), ("units('.5', 8)", "50000000"),
            // One reader means a thousand by it, and another one less than two.
            ("units('1,234', 8)", "null"), ("written('63,624')", "null"), ("written('12,345,678')", "null"),
            ("written(' 1 234,5 ')", "1234.5"), ("written('1,2345')", "1.2345"), ("written('1234.567')", "1234.567"), ("written('')", "null"),
            ("value({ amount: '1234567.895', currency: 'USD' })", "$1 234 567.90"), ("value({ amount: '-0.5', currency: 'EUR' })", "−€0.5000"),
            ("value({ amount: '0.00001', currency: 'USD' })", "< $0.0001"), ("value({ amount: '-0.00001', currency: 'USD' })", "< $0.0001"),
            ("value({ amount: '0.00', currency: 'USD' })", "$0.00"), ("value({ amount: '0.00000001', currency: 'BTC' })", "₿0.00000001"),
            ("value({ amount: '12.3', currency: 'PLN' })", "12.30 PLN"),
            ("coins({ amount: '100000000001', decimals: 8, symbol: 'BTC' })", "1 000.00000001 BTC"),
        ];
        var told = await Told("lib/money.js", cases.Select(one => one.Says));
        // Thousands are set apart by a narrow space, which no line breaks at.
        cases.Zip(told).Where(one => one.Second.Replace('\u202f', ' ') != one.First.Told)
            .Select(one => $"{one.First.Says} is {one.Second}, not {one.First.Told}").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("America/Los_Angeles")]
    [InlineData("Europe/Berlin")]
    [InlineData("Pacific/Kiritimati")]
    // Where clocks were put forward at midnight.
    [InlineData("America/Sao_Paulo")]
    public async Task a_day_is_the_same_day_wherever_the_reader_is(string zone)
    {
        (string Says, string Told)[] cases =
        [
            ("dayText('2026-03-01')", "1 Mar 2026"), ("dayText('2018-11-04')", "4 Nov 2018"),
            ("utcDayText('2025-12-31T23:30:00+00:00')", "31 Dec 2025"), ("utcDayText('2026-01-01T00:30:00+00:00')", "1 Jan 2026"),
            ("new Date(placeOf('2026-03-01') * 1000).getDate()", "1"), ("new Date(placeOf('2018-11-04') * 1000).getDate()", "4"),
            ("new Date(endOf('2026-12-31')).getFullYear()", "2026"), ("new Date(Date.parse(endOf('2026-12-31')) + 1000).getFullYear()", "2027"),
            ("relative('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:05:00Z'))", "5 minutes ago"),
        ];
        (await Told("lib/time.js", cases.Select(one => one.Says), zone)).ShouldBe(cases.Select(one => one.Told));
    }

    [Fact]
    public async Task what_could_be_a_secret_is_never_sent_to_be_looked_at()
    {
        const string Phrase = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
        // Somebody who types: no beginning of a phrase is sent, and the whole is known for what it is.
        var beginnings = Enumerable.Range(1, Phrase.Length).Select(length => Phrase[..length])
            .Select(text => $"isSecret('{text}') || mayBecomeSecret('{text}')");
        (await Told("pages/parts/secret.js", beginnings)).ShouldAllBe(answer => answer == "true");
        string[] secrets =
        [
            Phrase, new('a', 64), $"0x{new string('1', 64)}", "L1aW4aubDFB7yfras2S1mN3bqg9nwySY8nkoLmJebSLD5BWv3ENZ",
            "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
        ];
        (await Told("pages/parts/secret.js", secrets.Select(secret => $"isSecret('{secret}')"))).ShouldAllBe(answer => answer == "true");

        // And what is public is looked at.
        string[] open = ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "0xd1220a0cf47c7b9be7a2e6ba89f429762e7b9adb",
            "zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs"];
        (await Told("pages/parts/secret.js", open.Select(text => $"isSecret('{text}') || mayBecomeSecret('{text}')")))
            .ShouldAllBe(answer => answer == "false");
    }

    private async Task<string[]> Told(string module, IEnumerable<string> expressions, string zone = "Europe/Berlin")
    {
        await using var visitor = await browser.Visit(syncing.System.AddressOf("gateway"), timeZone: zone);
        await visitor.Page.GotoAsync("/login");
        var names = module switch
        {
            "lib/money.js" => "coins, decimal, difference, percent, rounded, sum, units, value, written",
            "lib/time.js" => "dayText, endOf, placeOf, relative, utcDayText",
            _ => "isSecret, mayBecomeSecret",
        };
        return await visitor.Page.EvaluateAsync<string[]>($$"""
            async () => {
              const { {{names}} } = await import('/web/{{module}}');
              return [{{string.Join(", ", expressions)}}].map(String);
            }
            """);
    }
}
