namespace Testing;

/// <summary>Where the repository and its build outputs are, seen from the running test assembly.</summary>
public static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The built program of a project, in the configuration the tests themselves were built in.</summary>
    public static string Program(string project)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var path = Path.Combine(Root, "artifacts", "bin", project, configuration, $"{project}.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"{project} is not built in '{configuration}'.", path);
    }

    /// <summary>A folder for what test processes write, kept after the run.</summary>
    public static string Logs { get; } = Directory.CreateDirectory(Path.Combine(Root, "artifacts", "test-logs")).FullName;

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Microservices.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException($"No Microservices.sln above {AppContext.BaseDirectory}.");
    }
}
