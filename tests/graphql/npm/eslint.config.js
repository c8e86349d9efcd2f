// graphql-eslint's recommended and Relay rules for the printed schema; every exception says why.
import graphql from '@graphql-eslint/eslint-plugin';

const { rules: recommended } = graphql.configs['flat/schema-recommended'];
const { rules: relay } = graphql.configs['flat/schema-relay'];

// These are values: they have no life of their own, and nobody refetches them by an ID.
const VALUES = [
  'Affinity', 'AttributeDefinition', 'AttributeTypeCount', 'AudienceDefinition', 'AudiencePreview', 'AudienceVersion',
  'DefinitionError', 'EventDefinition', 'ExplanationStep', 'Identity', 'InputError', 'MembershipExplanation',
  'PageInfo', 'PreviewStep', 'Score', 'SizePoint', 'ValueCount',
];

export default [
  {
    files: ['**/*.graphql'],
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: process.env.SCHEMA } } },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...recommended,
      ...relay,
      // @oneOf is the specification's own directive; graphql-core prints it without its description.
      '@graphql-eslint/require-description': [
        'error', { ...recommended['@graphql-eslint/require-description'][1], DirectiveDefinition: false },
      ],
      '@graphql-eslint/strict-id-in-types': [
        'error', { exceptions: { types: VALUES, suffixes: ['Connection', 'Edge', 'Payload'] } },
      ],
      // Every connection also gives its `nodes` alone, and lists that are short and whole are plain lists.
      '@graphql-eslint/relay-edge-types': [
        'error', { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
      ],
    },
  },
];
