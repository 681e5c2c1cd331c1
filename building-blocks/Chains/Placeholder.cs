namespace Chains;
