using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace EventSourcing;

/// <summary>The scripts of one assembly, in order; numbers are its own.</summary>
internal sealed record MigrationSeries(string Name, IReadOnlyList<MigrationScript> Scripts)
{
    private const string Folder = ".Migrations.";
    private const string Extension = ".sql";

    public static MigrationSeries Of(Assembly assembly)
    {
        var scripts = new List<MigrationScript>();
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            var folder = resource.IndexOf(Folder, StringComparison.Ordinal);
            if (folder < 0 || !resource.EndsWith(Extension, StringComparison.Ordinal)) continue;

            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            scripts.Add(MigrationScript.Of(resource[(folder + Folder.Length)..^Extension.Length], reader.ReadToEnd()));
        }

        return Of(assembly.GetName().Name!, scripts);
    }

    public static MigrationSeries Of(string name, IReadOnlyList<MigrationScript> scripts)
    {
        var twice = scripts.CountBy(script => script.Number).FirstOrDefault(number => number.Value > 1);
        return twice.Value > 1
            ? throw new InvalidOperationException($"{name} has {twice.Value} migrations with the number {twice.Key:0000}.")
            : new MigrationSeries(name, [.. scripts.OrderBy(script => script.Number)]);
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
