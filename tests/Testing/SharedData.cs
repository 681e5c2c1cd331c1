namespace Testing;

/// <summary>Where the recorded data of real chains lies; it is not part of the project, so a test must do without it or be skipped.</summary>
public static class SharedData
{
    /// <summary>The reason a test gives when it is skipped for want of the data.</summary>
    public const string Absent = "The recorded data is absent: neither ../shared/data beside the repository nor SHARED_DATA names a folder.";

    /// <summary>The folder of SHARED_DATA, else ../shared/data beside the repository's root; null where there is none.</summary>
    public static string? Folder { get; } = Find();

    public static bool IsPresent => Folder is not null;

    /// <summary>A file or folder inside <see cref="Folder"/>.</summary>
    public static string PathOf(params ReadOnlySpan<string> parts) =>
        Path.Combine([Folder ?? throw new InvalidOperationException(Absent), .. parts]);

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("SHARED_DATA") is { Length: > 0 } named) return Directory.Exists(named) ? named : null;

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "Microservices.sln"))) continue;
            var data = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "data"));
            return Directory.Exists(data) ? data : null;
        }

        return null;
    }
}
