using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Architecture;

/// <summary>Who may know whom. What a project declares counts, not only what it uses today.</summary>
public sealed class DependencyRule
{
    private static readonly string[] Services = ["Gateway", "Wallets", "Sync", "Portfolio"];

    [Theory]
    [InlineData("Chains", "")]
    [InlineData("Contracts", "Chains")]
    [InlineData("Metrics", "")]
    [InlineData("Postgres", "")]
    [InlineData("EventSourcing", "Metrics, Postgres")]
    [InlineData("ServiceDefaults", "Chains, Metrics")]
    [InlineData("Providers", "EventSourcing, ServiceDefaults")]
    [InlineData("Messaging", "Contracts, EventSourcing, ServiceDefaults")]
    public void a_building_block_knows_only_what_it_stands_on(string project, string known) =>
        Declared($"building-blocks/{project}/{project}.csproj", "ProjectReference")
            .ShouldBeSubsetOf(known.Split(", ", StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void services_know_building_blocks_and_never_each_other()
    {
        foreach (var service in Services)
        {
            Declared($"services/{service}/{service}.csproj", "ProjectReference")
                .ShouldBeSubsetOf(
                    ["Chains", "Contracts", "EventSourcing", "Messaging", "Metrics", "Postgres", "Providers", "ServiceDefaults"], service);
            References(service).Intersect(Services).ShouldBeEmpty(service);
        }
    }

    [Fact]
    public void contracts_are_records_that_need_nothing_but_chains()
    {
        Declared("building-blocks/Contracts/Contracts.csproj", "PackageReference").ShouldBeEmpty();
        References("Contracts").Where(name => !name.StartsWith("System.", StringComparison.Ordinal)).ShouldBe(["Chains"]);
    }

    [Fact]
    public void the_event_store_knows_the_database_and_neither_messaging_nor_http()
    {
        Declared("building-blocks/EventSourcing/EventSourcing.csproj", "PackageReference").ShouldBe(["Marten"]);
        References("EventSourcing").Where(name => Regex.IsMatch(name,
            @"^(MassTransit|RabbitMQ|Messaging|Contracts|ServiceDefaults|Microsoft\.AspNetCore|System\.Net\.Http)"))
            .ShouldBeEmpty();
    }

    [Fact]
    public void chains_are_pure_facts_without_input_or_output() =>
        References("Chains").Where(name => Regex.IsMatch(name, @"^(Npgsql|MassTransit|Microsoft\.|System\.(Net|IO\.(File|Pipes)|Data))"))
            .ShouldBeEmpty();

    [Fact]
    public void a_chain_family_sees_the_adapter_interface_and_chains_only()
    {
        var sync = Assembly.Load("Sync").GetTypes().Where(type => !type.IsNested && type.Namespace is not null).ToList();
        var families = Directory.GetDirectories(Path.Combine(Repository.Root, "services", "Sync", "Chains"));
        families.ShouldNotBeEmpty();

        foreach (var family in families)
        {
            var own = $"Sync.Chains.{Path.GetFileName(family)}";
            var visible = sync.Where(type => type.Namespace == "Sync.Chains" || IsWithin(type, own)).Select(NameOf).ToHashSet();
            var foreign = sync.Where(type => type.Namespace != "Sync.Chains" && !IsWithin(type, own)).Select(NameOf).Except(visible).ToHashSet();
            foreach (var file in Directory.GetFiles(family, "*.cs", SearchOption.AllDirectories))
            {
                var code = CodeOf(file);
                Regex.Matches(code, @"[A-Za-z_]\w*").Select(word => word.Value).Intersect(foreign).ShouldBeEmpty(file);
                Regex.Matches(code, @"^using (?:static )?([\w.]+)", RegexOptions.Multiline).Select(name => name.Groups[1].Value)
                    .Where(name => Regex.IsMatch(name, @"^(Sync|Contracts|EventSourcing|Messaging|ServiceDefaults|Npgsql|Dapper|MassTransit)\b"))
                    .Where(name => name != "Sync.Chains")
                    .ShouldBeEmpty(file);
            }
        }

        static bool IsWithin(Type type, string space) => type.Namespace == space || type.Namespace!.StartsWith(space + ".", StringComparison.Ordinal);
        static string NameOf(Type type) => type.Name.Split('`')[0];
    }

    private static List<string> Declared(string project, string kind) =>
        [.. XDocument.Load(Path.Combine(Repository.Root, project)).Descendants(kind)
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))];

    private static IEnumerable<string> References(string assembly) =>
        Assembly.Load(assembly).GetReferencedAssemblies().Select(name => name.Name!);

    /// <summary>The source without comments and strings, where a foreign name is only prose.</summary>
    internal static string CodeOf(string file) =>
        Regex.Replace(File.ReadAllText(file), """//[^\n]*|"(?:[^"\\\n]|\\.)*"|/\*.*?\*/""", " ", RegexOptions.Singleline);
}
