using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Postgres;

/// <summary>
/// Scripts in order; numbers are the series' own. Where only the newest counts, since it replaces what the earlier ones made
/// (functions), the earlier ones are not kept.
/// </summary>
internal sealed record MigrationSeries(string Name, IReadOnlyList<MigrationScript> Scripts, bool OnlyNewest = false)
{
    private const string Extension = ".sql";

    /// <summary>An assembly's <c>Migrations/NNNN-name.sql</c> as one series, then each <c>Functions/NNNN-name.sql</c> as its own.</summary>
    public static IReadOnlyList<MigrationSeries> AllOf(Assembly assembly)
    {
        var name = assembly.GetName().Name!;
        return
        [
            Of(name, [.. ScriptsIn(assembly, ".Migrations.")]),
            .. ScriptsIn(assembly, ".Functions.").Select(script => new MigrationSeries($"{name}/{script.Name}", [script], OnlyNewest: true)),
        ];
    }

    public static MigrationSeries Of(string name, IReadOnlyList<MigrationScript> scripts)
    {
        var twice = scripts.CountBy(script => script.Number).FirstOrDefault(number => number.Value > 1);
        return twice.Value > 1
            ? throw new InvalidOperationException($"{name} has {twice.Value} migrations with the number {twice.Key:0000}.")
            : new MigrationSeries(name, [.. scripts.OrderBy(script => script.Number)]);
    }

    private static IEnumerable<MigrationScript> ScriptsIn(Assembly assembly, string folder)
    {
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            var at = resource.IndexOf(folder, StringComparison.Ordinal);
            if (at < 0 || !resource.EndsWith(Extension, StringComparison.Ordinal)) continue;

            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return MigrationScript.Of(resource[(at + folder.Length)..^Extension.Length], reader.ReadToEnd());
        }
    }
}

/// <summary>One numbered script, known by its text.</summary>
internal sealed record MigrationScript(int Number, string Name, string Sql, string Checksum)
{
    /// <summary>The script of a file called <c>NNNN-name</c>.</summary>
    public static MigrationScript Of(string file, string text)
    {
        // Line ends must not depend on the checkout.
        var sql = text.ReplaceLineEndings("\n");
        return new(int.Parse(file[..4], null), file[5..], sql, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))));
    }
}
